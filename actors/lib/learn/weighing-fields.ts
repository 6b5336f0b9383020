import { field } from '#stage';

/** Options of several learners by least squares: what records, weights and errors weigh. Each has a default of its own. */

/** `of`: what is learned from, where that is not the whole record; `more`: what else there is to say of it. */
export const forgettingField = (preset: number, { of = 'a record', more = '' } = {}) =>
  field.number(`λ: how much ${of} counts once the next has come.${more}`, { min: 0.5, max: 1, default: preset });

export const ridgeField = (preset: number, min = 1e-12) =>
  field.number('The penalty on each squared weight; the constant has none.', { min, max: 1e12, default: preset });

export const clipField = (preset: number) =>
  field.number('Errors beyond so many times their running mean size are cut there; 0 for never.', {
    min: 0,
    max: 1e6,
    default: preset,
  });
