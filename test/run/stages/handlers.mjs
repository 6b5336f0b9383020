// Functions for `process` that no handler comes of.
export const throws = () => {
  throw new Error('at creation');
};
export const nothing = () => ({});
export const twice = (context) => [context.list('a'), context.map('a')];
