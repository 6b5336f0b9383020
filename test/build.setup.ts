import { build } from '../scripts/prepare.mjs';

/** Worker threads run built JavaScript: tests must not meet that of yesterday. */
export default function setup(): void {
  build();
}
