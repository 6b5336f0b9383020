-- DOUBLE, not DECIMAL, which would round otherwise than everybody's floating point.
SELECT auction, bidder, price::DOUBLE * 0.908::DOUBLE AS price, dateTime, extra FROM bid
