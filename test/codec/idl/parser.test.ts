import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { isIdlErrors, parseIdl } from '../../../codec/idl/index.ts';
import { findings, parse, shape } from './parse.ts';

/** Accepted: what rpcgen takes, what the RFCs print, and what real files hold. */
const ACCEPTED: readonly (readonly [string, string])[] = [
  ['a struct that is a list (RFC 1014)', 'struct *list { string item<>; list next; };'],
  ['a struct that is an array (RFC 4506)', 'struct list<1> { string item<>; list next; };'],
  [
    'nameless definitions with a name behind',
    'enum { R = 2, B = 5 } colors; struct { int a; } s; typedef s t;',
  ],
  [
    'a nameless union with a name behind',
    'union switch (bool x) { case TRUE: int a; case FALSE: void; } u; typedef u v;',
  ],
  [
    'a variable behind a definition (RFC 5531)',
    'union u switch (int x) { case 0: int a; } reply; typedef u v;',
  ],
  ['unsigned alone', 'struct s { unsigned a; };'],
  ['unsigned hyper', 'struct s { unsigned hyper a; };'],
  ['enum without values', 'enum e { A, B };'],
  ['enum value by constant or member', 'const C = 4; enum e { A = C, B = A };'],
  ['duplicate enum values', 'enum e { A = 1, B = 1 };'],
  ['trailing comma in an enum', 'enum e { A = 1, B = 2, };'],
  ['negative, octal and hexadecimal', 'const A = -4; const B = 010; const C = 0xff; const D = 0XFF;'],
  ['string constant', 'const A = "text";'],
  ['constant by expression', 'const A = 1 + 2;'],
  ['the same constant twice', 'const A = 3; const A = 3;'],
  [
    'size by constant, member, macro',
    'const C = 2; enum e { E = 3 };\n#define N (2*2)\nstruct s { int a[C]; int b<E>; int c[N]; };',
  ],
  ['size by expression', 'struct s { opaque a[2*3]; int b<1 + 1>; };'],
  ['size 0', 'struct s { int a[0]; opaque b<0>; };'],
  ['pointer without blanks', 'struct s { int a; s*next; };'],
  ['pointer to pointer', 'struct s { int **a; };'],
  ['array of pointers', 'struct s { int *a<>; int *b[2]; };'],
  ['two dimensions', 'typedef int m[2][3];'],
  ['string without size', 'struct s { string a; };'],
  ['string in brackets', 'struct s { string a[8]; };'],
  ['opaque without size', 'struct s { opaque a; };'],
  ['void field', 'struct s { void; };'],
  [
    'empty struct, enum, program and version',
    'struct s { }; enum e { }; program P { } = 1; program Q { version V { } = 1; } = 2;',
  ],
  [
    'union on a bool typedef',
    'typedef bool b; union u switch (b x) { case TRUE: int a; case FALSE: void; };',
  ],
  ['union on hyper', 'union u switch (hyper x) { case 1: int a; default: void; };'],
  ['union on a negative and a character', "union u switch (int x) { case -1: int a; case 'a': int b; };"],
  ['fall-through', 'union u switch (int x) { case 1: case 2: int a; };'],
  ['fall-through to the default', 'union u switch (int x) { case 1: default: int a; };'],
  ['default first', 'union u switch (int x) { default: void; case 1: int a; };'],
  ['default only', 'union u switch (int x) { default: void; };'],
  ['arm that is an array', 'union u switch (int x) { case 1: int a<>; };'],
  ['arm called as its discriminant', 'union u switch (int x) { case 1: int x; };'],
  ['arm without a name', 'struct t { int a; }; union u switch (int x) { case 1: t; };'],
  ['discriminant without a name', 'union u switch (int) { case 1: int a; };'],
  [
    'nested struct, union, enum',
    'struct s { struct { int a; } b; enum { A, B } c; union switch (bool d) { case 1: int e; case 0: void; } f; };',
  ],
  [
    'typedef of a struct, an enum',
    'typedef struct { int a; } t; typedef enum { A } e; struct s { t a; e b; };',
  ],
  ['typedef struct a b', 'struct a { int x; }; typedef struct a b; typedef struct a a;'],
  ['announcement', 'struct a; struct b { a *x; }; struct a { int y; };'],
  ['forward reference', 'struct a { b x; }; struct b { int y; };'],
  ['recursion through an optional or an array', 'struct a { a *x; a y<>; };'],
  ['recursive union with a way out', 'union u switch (int x) { case 0: void; case 1: u more; };'],
  [
    'keywords as field names',
    'struct s { int program; int version; int string; int default; int case; int switch; };',
  ],
  ['leading underscores', 'struct _s { int __a; };'],
  ['// comments', '// a\nstruct s { int a; // b\n};'],
  ['missing last ;', 'typedef int a'],
  ['missing ; before }', 'struct s { int a };'],
  [
    'missing ; after }',
    'struct s { int a; }\nenum e { A }\nprogram P { version V { void F(void) = 1; } = 1 } = 1',
  ],
  ['several arguments', 'program P { version V { int F(int, string, opaque<3>, int *) = 1; } = 1; } = 1;'],
  ['named arguments', 'program P { version V { int F(int a, string b<3>) = 1; } = 1; } = 1;'],
  ['no arguments', 'program P { version V { int F() = 1; } = 1; } = 1;'],
  ['duplicate procedure numbers', 'program P { version V { int F() = 1; int G() = 1; } = 1; } = 1;'],
  ['program number by constant', 'const N = 7; program P { version V { int F() = N; } = N; } = N;'],
  [
    'number by procedure name',
    'program P { version V { int F() = 1; int G() = F; } = 1; } = 1; const C = F;',
  ],
  ['namespaces', 'namespace a { struct s { int x; }; } namespace b::c { struct t { a::s y; }; }'],
  ['attributes', '[doc("x")] struct s { [a([b])] int x; };\n#[derive(X)]\nenum e { [y] A };'],
  ['package and import', 'package a.b;\nimport x "y/z"\nstruct s { x.t a; }; struct t { int b; };'],
  ['header types and constants', 'struct s { netobj a; des_block b; netbuf c; opaque d<MAXNETNAMELEN>; };'],
];

/** Refused, with what is said. */
const REFUSED: readonly (readonly [string, string, readonly string[]])[] = [
  ['unknown type', 'struct s {\n  foo a;\n};', ["f.x:2:3: unknown type 'foo'"]],
  ['unknown constant', 'typedef int a[N];', ["f.x:1:15: 'N' is not a constant"]],
  ['string as a size', 'const N = "x"; typedef int a[N];', ["f.x:1:30: 'N' is a string"]],
  ['negative size', 'typedef int a[-1];', ['f.x:1:15: size -1 is out of range']],
  ['size without value', 'typedef int a[];', ["f.x:1:15: expected a size, found ']'"]],
  [
    'enum value of 33 bits',
    'enum e { A = 0x100000000 };',
    ['f.x:1:10: enum value 4294967296 is out of range'],
  ],
  [
    'another struct of that name',
    'struct s { int a; };\nstruct s { int b; };',
    ["f.x:2:8: 's' is defined differently at f.x:1"],
  ],
  [
    'another constant of that name',
    'const A = 1;\nenum e { A = 2 };',
    ["f.x:2:10: 'A' has another value at f.x:1"],
  ],
  ['field twice', 'struct s { int a; int a; };', ["f.x:1:23: struct has two fields 'a'"]],
  [
    'case twice',
    'union u switch (int x) { case 1: void; case 2: case 1: int a; };',
    ['f.x:1:53: union has two arms for 1'],
  ],
  [
    'default twice',
    'union u switch (int x) { default: void; default: int a; };',
    ['f.x:1:41: union has two default arms'],
  ],
  ['no arm', 'union u switch (int x) { };', ['f.x:1:24: union has no arm']],
  [
    'union on a string',
    'union u switch (string x) { default: void; };',
    ['f.x:1:17: a union is chosen by an integer, a bool or an enum'],
  ],
  [
    'union on a struct',
    'struct s { int a; }; union u switch (s x) { default: void; };',
    ['f.x:1:38: a union is chosen by an integer, a bool or an enum'],
  ],
  [
    'bool case of 2',
    'union u switch (bool x) { case 2: void; };',
    ["f.x:1:32: case 2 is out of the discriminant's range"],
  ],
  [
    'case of 33 bits',
    'union u switch (int x) { case 0x100000000: void; };',
    ["f.x:1:31: case 4294967296 is out of the discriminant's range"],
  ],
  ['constant by itself', 'const A = B;\nconst B = A;', ["f.x:2:11: 'A' is defined by itself"]],
  ['struct in itself', 'struct a { a x; };', ["f.x:1:8: 'a' contains itself, so no value of it has an end"]],
  [
    'typedef of itself',
    'typedef a b; typedef b a;',
    [
      "f.x:1:11: 'b' contains itself, so no value of it has an end",
      "f.x:1:24: 'a' contains itself, so no value of it has an end",
    ],
  ],
  ['void array', 'struct s { void a<>; };', ['f.x:1:12: void has no size and no pointer']],
  [
    'void among arguments',
    'program P { version V { int F(void, int) = 1; } = 1; } = 1;',
    ["f.x:1:35: expected ')' after void, found ','"],
  ],
  [
    'program number of 33 bits',
    'program P { } = 0x100000000;',
    ['f.x:1:17: program number 4294967296 is out of range'],
  ],
  [
    'no definition',
    'int x;',
    ["f.x:1:1: expected a definition (const, typedef, enum, struct, union or program), found 'int'"],
  ],
  ['no name', 'struct { int a; };', ["f.x:1:8: expected the name of the struct, found '{'"]],
  ['no body', 'struct a int b;', ["f.x:1:10: expected '{', found 'int'"]],
  ['bad token', 'const A = 12ab;', ["f.x:1:11: expected a number or a constant, found '12ab'"]],
  [
    'end of the file',
    'struct s { int a;',
    ["f.x:1:10: '{' is not closed: expected '}' before the end of the file"],
  ],
  [
    'open namespace',
    'namespace a {',
    ["f.x:1:13: '{' is not closed: expected '}' before the end of the file"],
  ],
  ['open attribute', '[doc("x" struct s { int a; };', ['f.x:1:1: attribute is not closed']],
  ['octal with 9', 'const A = 09;', ["f.x:1:11: '09' is not an octal number"]],
];

describe('idl: parser', () => {
  for (const [name, source] of ACCEPTED) {
    it(`accepts ${name}`, () => {
      expect(findings(source)).to.deep.equal([]);
    });
  }

  for (const [name, source, messages] of REFUSED) {
    it(`refuses ${name}`, () => {
      expect(findings(source)).to.deep.equal(messages);
    });
  }

  it('goes on after a finding, in bodies and between definitions', () => {
    const source = [
      'const A = ;',
      'struct s {',
      '  int ;',
      '  foo a;',
      '  int b c;',
      '  struct { int 5; int d; } e;',
      '};',
      'enum e { A1 = , B1 2, C1 };',
      'union u switch (int x) { case : int a; case 2: bar b; };',
      'program P { version V { int F( = 1; bar G(void) = 2; } = 1; } = 1;',
      'typedef int ok;',
      'int stray;',
    ].join('\n');
    expect(findings(source)).to.deep.equal([
      "f.x:1:11: expected a number or a constant, found ';'",
      "f.x:3:7: expected a name, found ';'",
      "f.x:4:3: unknown type 'foo'",
      "f.x:5:9: expected ';', found 'c'",
      "f.x:6:16: expected a name, found '5'",
      "f.x:8:15: expected a number or a constant, found ','",
      "f.x:8:20: expected ',' or '}', found '2'",
      "f.x:9:31: expected a number or a constant, found ':'",
      "f.x:9:48: unknown type 'bar'",
      "f.x:10:32: expected a type, found '='",
      "f.x:10:37: unknown type 'bar'",
      "f.x:12:1: expected a definition (const, typedef, enum, struct, union or program), found 'int'",
    ]);
  });

  const unclosed = (place: string, before: string) =>
    `f.x:${place}: '{' is not closed: expected '}' before ${before}`;
  // Each lacks one `}`; the unknown type shows that the definition behind it was read.
  const open: readonly (readonly [string, readonly string[]])[] = [
    [
      'struct s { int a;\nconst B = 1;\nstruct c { foo a[B]; };',
      [unclosed('1:10', "'const' in line 2"), "f.x:3:12: unknown type 'foo'"],
    ],
    [
      'struct s {\n  int a;\nstruct c {\n  foo a;\n};\ntypedef c d;',
      [unclosed('1:10', "'struct' in line 3"), "f.x:4:3: unknown type 'foo'"],
    ],
    [
      'enum e {\n  A = 1,\n  B = 2\nstruct c { foo a; };',
      [unclosed('1:8', "'struct' in line 4"), "f.x:4:12: unknown type 'foo'"],
    ],
    [
      'enum e {\n  A = 1,\nstruct c { foo a; };',
      [unclosed('1:8', "'struct' in line 3"), "f.x:3:12: unknown type 'foo'"],
    ],
    [
      'union u switch (int a) {\ncase 1:\n  int b;\nunion c switch (int a) { case 1: foo a; };',
      [unclosed('1:24', "'union' in line 4"), "f.x:4:34: unknown type 'foo'"],
    ],
    [
      'program P {\n  version V {\n    int F(void) = 1;\n  } = 1;\ntypedef foo d;',
      [unclosed('1:11', "'typedef' in line 5"), "f.x:5:9: unknown type 'foo'"],
    ],
    [
      'program P {\n  version V {\n    int F(void) = 1;\nprogram Q { version W { foo G(void) = 1; } = 1; } = 2;',
      [unclosed('2:13', "'program' in line 4"), "f.x:4:25: unknown type 'foo'"],
    ],
    [
      'program P {\n  version V {\n    int F(void) = 1;\n  = 1;\n} = 1;\ntypedef foo d;',
      [
        unclosed('1:11', "'typedef' in line 6"),
        "f.x:4:3: expected a procedure or '}', found '='",
        "f.x:6:9: unknown type 'foo'",
      ],
    ],
    [
      'struct s {\n  struct { int a; } b\n  foo c;\n',
      [unclosed('1:10', 'the end of the file'), "f.x:3:3: expected ';', found 'foo'"],
    ],
  ];
  for (const [source, expected] of open) {
    it(`says where a brace opens that nothing closes: ${source.replaceAll('\n', ' ')}`, () => {
      expect(findings(source)).to.deep.equal(expected);
    });
  }

  it('lets a body lie at the left margin', () => {
    expect(
      findings(
        'struct s {\nstruct c {\nint a;\n} b;\nenum e { A } d;\nunion u switch (int) { default: void; } f;\n};',
      ),
    ).to.deep.equal([]);
    expect(findings('enum e {\nprogram = 1,\nunion,\nstruct\n};')).to.deep.equal([]);
  });

  it('says where: file, line, column, token, what was expected', () => {
    try {
      parse('struct s {\n\tint a b;\n};');
      expect.fail('accepted');
    } catch (e) {
      if (!isIdlErrors(e)) throw e;
      const [{ file, line, column, token, expected }] = e.errors as [(typeof e.errors)[0]];
      expect({ file, line, column, token, expected }).to.deep.equal({
        file: 'f.x',
        line: 2,
        column: 8,
        token: 'b',
        expected: "';'",
      });
    }
  });

  it('bounds nesting and findings', () => {
    const nested = (n: number) => `struct s { ${'struct { '.repeat(n)}int a;${' } b;'.repeat(n)} };`;
    expect(findings(nested(31))).to.deep.equal([]);
    expect(findings(nested(32))[0]).to.contain('types are nested more than 32 deep');
    expect(findings(nested(100_000))[0]).to.contain('types are nested more than 32 deep');
    expect(findings(`typedef int ${'*'.repeat(100_000)}a;`)[0]).to.contain('too many *');
    expect(findings(`typedef int a${'[1]'.repeat(100_000)};`)[0]).to.contain('too many dimensions');
    expect(findings('namespace a { '.repeat(100_000)).join()).to.contain('namespaces are nested too deeply');
    expect(findings('['.repeat(100_000))[0]).to.contain('attribute is not closed');
    expect(findings('struct s { x y; };\n'.replace('x', 'int 5').repeat(100))).to.have.length(20);
  });

  it('reads a long file in no time', () => {
    const many = Array.from(
      { length: 20_000 },
      (_, i) => `struct s${i} { int a; s${(i + 1) % 20_000} *b; };`,
    );
    const chain = Array.from({ length: 20_000 }, (_, i) => `const C${i} = ${i === 0 ? 1 : `C${i - 1}`};`);
    const start = performance.now();
    expect(parse(many.join('\n')).types.size).to.equal(20_000);
    expect(parse(chain.join('\n')).constants.get('C19999')).to.equal(1);
    expect(parse(chain.reverse().join('\n')).constants.get('C19999')).to.equal(1);
    expect(performance.now() - start).to.be.lessThan(5000);
  });

  it('never throws anything but its findings, whatever it is fed', function () {
    this.timeout(30_000);
    const source = readFileSync(join(import.meta.dirname, 'fixtures/exotic.x'), 'utf8').replace(
      '#include',
      '%',
    );
    const pieces = source.split(/\b/);
    const change = fc.tuple(
      fc.nat(pieces.length - 1),
      fc.oneof(
        fc.constant(''),
        fc.constantFrom(...'{}()[]<>;:,*=/%#"\'\\\n'),
        fc.constantFrom(...pieces),
        fc.string(),
      ),
    );
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), fc.nat(pieces.length), (changes, end) => {
        const mutated = [...pieces];
        for (const [at, text] of changes) mutated[at] = text;
        const text = mutated.slice(0, end < 20 ? undefined : end).join('');
        try {
          parseIdl(text);
        } catch (e) {
          if (!isIdlErrors(e)) throw e;
          expect(e.errors.length).to.be.greaterThan(0);
          expect(e.errors.length).to.be.lessThan(22);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('takes attributes, namespaces and nameless arms for what they are', () => {
    const { types } = parse(
      'namespace a::b { struct t { int x; }; [doc("y")] union u switch (int) { case 1: t; default: void; }; }',
    );
    expect(shape(types.get('u'))).to.deep.equal({
      kind: 'union',
      name: 'u',
      discriminant: { name: 'discriminant', type: { kind: 'integer', bits: 32, signed: true } },
      arms: [{ cases: [1], name: 't', type: 'ref t' }],
      default: { name: '', type: { kind: 'void' } },
    });
  });
});
