// Finds names that must not stand in the sources: strings and property keys that are the name of something registered.
import ts from 'typescript';

/** A name that stands where it should not. */
export interface Finding {
  readonly name: string;
  readonly line: number;
}

/** Strings and property keys of a file that are among some names; comments and imported paths are none. */
export function namesIn(text: string, names: ReadonlySet<string>): Finding[] {
  const source = ts.createSourceFile('file.ts', text, ts.ScriptTarget.Latest, true);
  const found: Finding[] = [];
  const note = (node: ts.Node, name: string): void => {
    if (names.has(name))
      found.push({ name, line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1 });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined))
      return;
    if (ts.isStringLiteralLike(node)) note(node, node.text);
    const { name } = node as { name?: ts.Node };
    if (isKeyed(node) && name !== undefined && ts.isIdentifier(name)) note(name, name.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function isKeyed(node: ts.Node): boolean {
  return (
    ts.isPropertyAssignment(node) ||
    ts.isShorthandPropertyAssignment(node) ||
    ts.isPropertySignature(node) ||
    ts.isPropertyDeclaration(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isMethodSignature(node) ||
    ts.isEnumMember(node)
  );
}
