SELECT day_of(dateTime) AS day,
  count(*) AS total_bids,
  count(*) FILTER (WHERE rank = 1) AS rank1_bids,
  count(*) FILTER (WHERE rank = 2) AS rank2_bids,
  count(*) FILTER (WHERE rank = 3) AS rank3_bids,
  count(DISTINCT bidder) AS total_bidders,
  count(DISTINCT bidder) FILTER (WHERE rank = 1) AS rank1_bidders,
  count(DISTINCT bidder) FILTER (WHERE rank = 2) AS rank2_bidders,
  count(DISTINCT bidder) FILTER (WHERE rank = 3) AS rank3_bidders,
  count(DISTINCT auction) AS total_auctions,
  count(DISTINCT auction) FILTER (WHERE rank = 1) AS rank1_auctions,
  count(DISTINCT auction) FILTER (WHERE rank = 2) AS rank2_auctions,
  count(DISTINCT auction) FILTER (WHERE rank = 3) AS rank3_auctions
FROM (SELECT *, rank_of(price) AS rank FROM bid)
GROUP BY day
