SELECT auction, bidder, price, CASE
    WHEN h BETWEEN 8 AND 18 THEN 'dayTime'
    WHEN h <= 6 OR h >= 20 THEN 'nightTime'
    ELSE 'otherTime'
  END AS bidTimeType,
  `dateTime`, extra, CHAR_LENGTH(extra) - CHAR_LENGTH(REPLACE(extra, 'c', '')) AS c_counts
FROM (
  SELECT auction, bidder, CAST(price AS DOUBLE) * CAST(0.908 AS DOUBLE) AS price, HOUR(ts) AS h, `dateTime`, extra FROM bid
)
WHERE price > 1000000 AND price < 50000000
