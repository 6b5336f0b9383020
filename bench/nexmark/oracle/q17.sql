SELECT auction, day_of(dateTime) AS day,
  count(*) AS total_bids,
  count(*) FILTER (WHERE rank_of(price) = 1) AS rank1_bids,
  count(*) FILTER (WHERE rank_of(price) = 2) AS rank2_bids,
  count(*) FILTER (WHERE rank_of(price) = 3) AS rank3_bids,
  min(price) AS min_price, max(price) AS max_price, avg(price) AS avg_price, sum(price)::BIGINT AS sum_price
FROM bid
GROUP BY auction, day
