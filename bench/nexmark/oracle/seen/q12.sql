-- What must be the same in every run: starttime is how far windows begin from a multiple of ten seconds, endtime their length.
SELECT bidder, sum(bid_count)::BIGINT AS bid_count, max(starttime % 10000)::BIGINT AS starttime,
  CASE WHEN min(endtime - starttime) = max(endtime - starttime) AND count(*) = count(DISTINCT starttime)
    THEN max(endtime - starttime) ELSE -1 END::BIGINT AS endtime
FROM actual
GROUP BY bidder
