-- Files cannot be looked up in by key, so this is a regular join.
SELECT B.auction, B.bidder, B.price, B.`dateTime`, S.`value` FROM bid B JOIN side S ON MOD(B.auction, 10000) = S.key
