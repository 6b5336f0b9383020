SELECT category, AVG(CAST(highest AS DOUBLE)) AS final
FROM (
  SELECT A.category, MAX(B.price) AS highest
  FROM auction A JOIN bid B ON A.id = B.auction
  WHERE B.`dateTime` BETWEEN A.`dateTime` AND A.expires
  GROUP BY A.id, A.category
)
GROUP BY category
