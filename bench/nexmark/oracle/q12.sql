-- Into which windows bids fall depends on the run. So this is what seen/q12.sql must make of the rows: each bidder has all bids,
-- windows begin at multiples of ten seconds, are ten seconds long, and come once.
SELECT bidder, count(*) AS bid_count, 0::BIGINT AS starttime, 10000::BIGINT AS endtime
FROM bid
GROUP BY bidder
