/** `target` with some of its methods replaced. */
export function over<T extends object>(target: T, own: Partial<T>): T {
  const get = (_: T, name: string | symbol) => {
    if (name in own) return own[name as keyof T];
    const value = target[name as keyof T];
    return typeof value === 'function' ? value.bind(target) : value;
  };
  return new Proxy(target, { get });
}
