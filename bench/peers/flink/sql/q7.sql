SELECT B.auction, B.bidder, B.price, B.`dateTime`, B.extra
FROM bid B JOIN (
  SELECT MAX(price) AS highest, window_end
  FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(ts), INTERVAL '10' SECOND))
  GROUP BY window_start, window_end
) W ON B.price = W.highest AND B.ts >= W.window_end - INTERVAL '10' SECOND AND B.ts < W.window_end
