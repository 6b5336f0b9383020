import type { Link } from '../world/link.ts';

/** A host's links to the others, by index; a replacement is told when somebody listens. */
export class HostLinks {
  readonly links: (Link | undefined)[];
  /** Called when the dead link at a place is used no more. */
  onReplaced: ((index: number) => void) | undefined;
  private handler: ((index: number, link: Link) => void) | undefined;
  private readonly early: [index: number, link: Link][] = [];

  constructor(links: (Link | undefined)[]) {
    this.links = links;
  }

  get onLink() {
    return this.handler;
  }

  set onLink(handler: ((index: number, link: Link) => void) | undefined) {
    this.handler = handler;
    if (handler) for (const [index, link] of this.early.splice(0)) this.replace(index, link);
  }

  /** Puts a new link in the place of a dead one. */
  replace(index: number, link: Link): void {
    if (!this.handler) {
      this.early.push([index, link]);
      return;
    }
    this.links[index]?.close();
    this.links[index] = link;
    this.onReplaced?.(index);
    this.handler(index, link);
  }

  close(): void {
    for (const link of this.links) link?.close();
    for (const [, link] of this.early) link.close();
  }
}
