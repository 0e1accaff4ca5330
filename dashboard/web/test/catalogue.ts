/** Texts in a source file that a person would read and that are in no catalogue. */

import ts from "typescript";

const LETTERS = /\p{L}{2}/u;
const PROSE = /\p{L}+[,.;:]? \p{L}+/u;

/** Attributes that are read, and those whose words nobody reads. */
const READ = ["aria-label", "aria-description", "title", "placeholder", "alt", "label"];
const UNREAD = ["class", "d", "viewBox", "points", "transform", "data-testid", "style", "rel", "autocomplete"];

/** What a browser or a shell reads, the same in every language. */
const NOT_FOR_PEOPLE = [
  "tonewatch replay call.wav --notice-given",
  "make demo",
  "input, select, textarea",
  "button, a, summary",
  "(prefers-reduced-motion: reduce)",
  '12px "Inter Variable", system-ui, sans-serif',
  "(prefers-color-scheme: dark)",
];

/** Errors that the page catches and shows nobody: what the desk's own server would have to send wrongly. */
const NOT_SHOWN = ["no WAV file", "not 16-bit PCM of one or two channels"];

/** Each as "line: text". */
export function textsOutside(name: string, source: string): string[] {
  const file = ts.createSourceFile(name, source, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
  const found: string[] = [];
  const tell = (node: ts.Node, text: string) => found.push(`${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${text.trim()}`);

  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isTypeNode(node)) return;
    if (ts.isJsxAttribute(node)) {
      const attribute = node.name.getText();
      if (UNREAD.includes(attribute)) return;
      if (READ.includes(attribute)) return shown(node.initializer);
    }
    if (ts.isJsxText(node) && LETTERS.test(node.text)) tell(node, node.text);
    if (ts.isJsxExpression(node) && !ts.isJsxAttribute(node.parent)) return shown(node.expression);
    if (isLiteral(node) && PROSE.test(node.text) && ![...NOT_FOR_PEOPLE, ...NOT_SHOWN].includes(node.text)) tell(node, node.text);
    ts.forEachChild(node, visit);
  };

  /** What stands on the page as it is: no literal with letters may be its value. */
  const shown = (node: ts.Node | undefined): void => {
    if (!node) return;
    if (ts.isJsxExpression(node)) return shown(node.expression);
    if (ts.isParenthesizedExpression(node)) return shown(node.expression);
    if (ts.isConditionalExpression(node)) return void [visit(node.condition), shown(node.whenTrue), shown(node.whenFalse)];
    if (ts.isBinaryExpression(node)) return isComparison(node) ? visit(node) : void [shown(node.left), shown(node.right)];
    if (ts.isTemplateExpression(node)) return void [node.head, ...node.templateSpans.map((span) => span.literal)].forEach(shown);
    if (isLiteral(node) && LETTERS.test(node.text)) return void tell(node, node.text);
    visit(node);
  };

  visit(file);
  return found;
}

function isLiteral(node: ts.Node): node is ts.StringLiteral | ts.TemplateLiteralLikeNode {
  return ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddle(node) || ts.isTemplateTail(node);
}

function isComparison(node: ts.BinaryExpression): boolean {
  const kinds = [ts.SyntaxKind.EqualsEqualsEqualsToken, ts.SyntaxKind.ExclamationEqualsEqualsToken, ts.SyntaxKind.LessThanToken, ts.SyntaxKind.GreaterThanToken];
  return kinds.includes(node.operatorToken.kind);
}
