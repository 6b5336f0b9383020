import { topology } from 'weir';

const shop = topology('shop-ts');
shop
  .source('file', { path: 'orders.ndjson' }, { name: 'orders', time: { at: 'at', outOfOrder: '5s' } })
  .where((order) => Number(order.price) > 0)
  .key('product')
  .window({ tumbling: '1m' })
  .aggregate({ sold: 'count()', revenue: 'sum(price)' })
  .to('stdout');

export default shop; // weir run shop.ts, or from a program: const running = await shop.run({ threads: 2 })
