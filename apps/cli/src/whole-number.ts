import { InvalidArgumentError } from 'commander';

/** Makes what reads an option that is a whole number of at least `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least)
      return value;
    throw new InvalidArgumentError(`Give a whole number of at least ${least}.`);
  };
}
