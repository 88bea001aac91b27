// A registry: in which order its entries are, that names are taken once, and what is said of those that are not there.
import { expect, it } from 'vitest';
import { ArgumentError } from '../../src/core/errors.js';
import { createRegistry } from '../../src/core/registry.js';

it('finds entries by name, those built in first, and takes each once', () => {
  const [red, green] = [{ name: 'red' }, { name: 'green' }];
  const builtIns = [red];
  const registry = createRegistry('colour', builtIns);
  registry.register(green);
  registry.register(green);
  expect(registry.all()).toEqual([red, green]);
  expect(registry.find('green')).toBe(green);
  expect(builtIns).toEqual([red]);
  expect(() => registry.register({ name: 'red' })).toThrow(
    new ArgumentError("There is a colour 'red' already: give the other one another name."),
  );
  expect(registry.find('red')).toBe(red);
  expect(() => registry.find('gren')).toThrow(
    new ArgumentError("colour must be one of red, green, got 'gren'. Did you mean green?"),
  );
  expect(() => registry.find('yellowish')).toThrow(
    new ArgumentError("colour must be one of red, green, got 'yellowish'."),
  );
});
