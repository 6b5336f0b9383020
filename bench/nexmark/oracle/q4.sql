-- The mean, over a category's auctions, of the highest bid made while the auction was open.
WITH highest AS (
  SELECT a.id, a.category, max(b.price) AS price
  FROM auction a JOIN bid b ON b.auction = a.id AND b.dateTime BETWEEN a.dateTime AND a.expires
  GROUP BY a.id, a.category
)
SELECT category, avg(price) AS final FROM highest GROUP BY category
