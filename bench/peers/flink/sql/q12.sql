-- At the end of its input Flink lets go of windows by the wall clock that are still open: `--check` finds their bids missing.
SELECT bidder, COUNT(*) AS bid_count,
  1000 * UNIX_TIMESTAMP(DATE_FORMAT(TUMBLE_START(p, INTERVAL '10' SECOND), 'yyyy-MM-dd HH:mm:ss')) AS starttime,
  1000 * UNIX_TIMESTAMP(DATE_FORMAT(TUMBLE_END(p, INTERVAL '10' SECOND), 'yyyy-MM-dd HH:mm:ss')) AS endtime
FROM (SELECT bidder, PROCTIME() AS p FROM bid)
GROUP BY bidder, TUMBLE(p, INTERVAL '10' SECOND)
