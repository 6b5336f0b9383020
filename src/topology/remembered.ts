/**
 * Asks something of the nodes of a graph, once for each: `find` may ask what it is given for those above or below. Streams do
 * not go in circles; should one, the check tells it, and here the answer within the circle is false.
 */
export function remembered(find: (id: string) => boolean): (id: string) => boolean {
  const answers = new Map<string, boolean>();
  return (id) => {
    const known = answers.get(id);
    if (known !== undefined) return known;
    answers.set(id, false);
    const found = find(id);
    answers.set(id, found);
    return found;
  };
}
