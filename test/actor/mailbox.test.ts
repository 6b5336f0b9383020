import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Mailbox } from '../../src/actor/mailbox.ts';

test('a mailbox is a queue that refuses beyond its capacity, but not what is forced', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.array(fc.constantFrom('push', 'force', 'shift')),
      (capacity, actions) => {
        const mailbox = new Mailbox(capacity);
        const model: number[] = [];
        actions.forEach((action, order) => {
          if (action === 'push') {
            expect(mailbox.push(order)).toBe(model.length < capacity);
            if (model.length < capacity) model.push(order);
          } else if (action === 'force') {
            mailbox.force(order);
            model.push(order);
          } else if (model.length > 0) expect(mailbox.shift()).toBe(model.shift());
          expect(mailbox.length).toBe(model.length);
        });
      },
    ),
  );
});
