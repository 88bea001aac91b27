// Loaded before a program: packages named in EVOS_TEST_HIDE are not to be found, as if nobody had installed them.
import Module, { register } from 'node:module';

const hidden = (process.env.EVOS_TEST_HIDE ?? '').split(',');
const isHidden = (specifier) => hidden.includes(specifier.split('/')[0]);
const resolve = Module._resolveFilename;

Module._resolveFilename = function (specifier, ...rest) {
  if (!isHidden(specifier)) return resolve.call(this, specifier, ...rest);
  throw Object.assign(new Error(`Cannot find module '${specifier}'`), { code: 'MODULE_NOT_FOUND' });
};

const hooks = `
  const hidden = ${JSON.stringify(hidden)};
  export async function resolve(specifier, context, next) {
    if (!hidden.includes(specifier.split('/')[0])) return next(specifier, context);
    const message = "Cannot find package '" + specifier + "' imported from " + context.parentURL;
    throw Object.assign(new Error(message), { code: 'ERR_MODULE_NOT_FOUND' });
  }
`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
