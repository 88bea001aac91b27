// A lint rule: who may import whom. Rooms are folders under src/; the innermost one that a file lies in says what it may
// import. The file that is imported is found by its path, so that a file's name never passes for a room's.
import path from 'node:path';

/** The innermost room that a file lies in, by its path under src/; undefined outside of all rooms. */
function roomOf(file, rooms) {
  return Object.keys(rooms)
    .filter((room) => file.startsWith(`${room}/`))
    .sort((a, b) => b.length - a.length)[0];
}

const inside = (file, room) => file.startsWith(`${room}/`);

/** @type {import('eslint').Rule.RuleModule} */
export const arrows = {
  meta: { type: 'problem', schema: [{ type: 'object' }] },
  create(context) {
    const [rooms] = context.options;
    const src = path.join(context.cwd, 'src');
    const file = path.relative(src, context.filename).split(path.sep).join('/');
    const own = file.startsWith('..') ? undefined : roomOf(file, rooms);
    if (own === undefined) return {};
    const { may, packages = true, message } = rooms[own];
    const check = (source) => {
      const specifier = source?.value;
      if (typeof specifier !== 'string') return;
      if (!specifier.startsWith('.')) {
        if (!packages) context.report({ node: source, message: `${own} has no dependencies: ${message}` });
        return;
      }
      const target = path.posix.join(path.posix.dirname(file), specifier);
      if (inside(target, own) || may.some((room) => inside(target, room))) return;
      context.report({ node: source, message: `${own} may not import ${target}: ${message}` });
    };
    return {
      ImportDeclaration: ({ source }) => check(source),
      ExportNamedDeclaration: ({ source }) => check(source),
      ExportAllDeclaration: ({ source }) => check(source),
      ImportExpression: ({ source }) => check(source),
    };
  },
};
