-- A bid more than ten seconds after the one before begins a session.
WITH begun AS (
  SELECT bidder, dateTime, dateTime - lag(dateTime) OVER one > 10000 AS is_first
  FROM bid
  WINDOW one AS (PARTITION BY bidder ORDER BY dateTime, line)
),
numbered AS (
  SELECT bidder, dateTime, count(*) FILTER (WHERE is_first) OVER (PARTITION BY bidder ORDER BY dateTime) AS session FROM begun
)
SELECT bidder, count(*) AS bid_count, min(dateTime) AS starttime, max(dateTime) + 10000 AS endtime
FROM numbered
GROUP BY bidder, session
