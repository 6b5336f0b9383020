SELECT bidder, COUNT(*) AS bid_count, MIN(`dateTime`) AS starttime, MAX(`dateTime`) + 10000 AS endtime
FROM TABLE(SESSION(TABLE bid PARTITION BY bidder, DESCRIPTOR(ts), INTERVAL '10' SECOND))
GROUP BY bidder, window_start, window_end
