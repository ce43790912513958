/** Descriptions that are legal and unpleasant, for generate.test.ts: each is a `.x` file by itself. */
export const NASTY: Readonly<Record<string, string>> = {
  'names that objects inherit': `struct s { int __proto__; int constructor; int hasOwnProperty; int toString; int valueOf; };
    struct t { s __proto__; s *constructor; s hasOwnProperty<2>; };`,
  'arms that objects inherit': `union u switch (int __proto__) { case 0: int constructor; case 1: int valueOf; default: void; };
    union w switch (bool toString) { case TRUE: string __proto__<4>; case FALSE: void; };`,
  'names that promises and JSON look for': `struct s { int then; string toJSON<3>; int length; int name; int prototype; };
    union u switch (int then) { case 1: int toJSON; default: int catch; };`,
  'keywords as names': `struct class { int function; int var; int let; int await; int yield; int new; int delete; };
    enum import { export = 1, typeof = 2, null = 3, undefined = 4 };
    union return switch (import if) { case export: int else; case typeof: class in; case null: void; case undefined: void; };
    typedef return with<2>; typedef class this;`,
  'names that the printed module uses': `struct r0 { int w0; int t0; int r; int p; int v; int e; int d; };
    struct Reader { r0 codecRuntime; }; struct Writer { Reader attachCodec; }; struct fail { int few; };
    struct codecOf { fail codecs; }; struct types { int programs; }; struct Uint8Array { int a; }; struct Array { int b; };
    struct Object { Uint8Array c; Array d; }; struct Map { int e; }; struct string_ { opaque f<4>; };`,
  'an arm named as its discriminant': `union u switch (int value) { case 0: int value; case 1: string value_<4>; default: void; };
    union w switch (int kind) { case 0: int kind; case 1: u value; default: void; };`,
  'struct and arm under one name': `struct a { int a; }; union b switch (int a) { case 0: a b; default: b *c; };`,
  'recursion through unions': `union u switch (int k) { case 0: void; case 1: u again; case 2: w other; };
    union w switch (bool k) { case TRUE: u back; case FALSE: int end; };`,
  'recursion through optionals': `struct tree { tree *left; int n; tree *right; };
    struct even { int a; odd *next; }; struct odd { even *next; };`,
  'recursion through arrays': `struct n { n kids<>; n2 more<3>; }; struct n2 { n back<2>; int x; };`,
  'recursion through a fixed array of none': `struct n { n none[0]; int x; };`,
  'a list by value and by pointer': `struct entry { string name<8>; entry *next; }; struct holder { entry first; entry *rest; entry many<2>; };`,
  'a list of lists': `struct item { struct inner { int a; inner *next; } *items; item *next; }; typedef item *all;`,
  'a list of nothing': `struct l { l *next; }; typedef l *chain; struct two { chain a; chain b; };`,
  'a list through typedefs': `typedef struct node *link; struct node { int v; link next; }; typedef link again; struct h { again a; };`,
  'optionals of optionals': `typedef int *a; typedef a *b; typedef b *c; struct s { b x; c *y; c z<2>; };`,
  'optionals of lists': `struct l { int a; l *next; }; typedef l *list; typedef list *maybe; struct s { maybe m; maybe *mm; };`,
  'arrays of nothing': `struct s { int a[0]; opaque b[0]; string c<0>; int d<0>; opaque e<0>; };`,
  'arrays of arrays of nothing': `typedef int none[0]; typedef none many<4>; typedef none three[3]; struct s { many a; three b; int x; };`,
  'the longest limits': `struct s { opaque a<4294967295>; string b<0xffffffff>; int c<4294967295>; };`,
  'no limits': `struct s { opaque a<>; string b<>; int c<>; s d<>; };`,
  'enum duplicates': `enum e { A = 1, B = 1, C = 2, D = 2 }; union u switch (e k) { case A: int a; case C: int c; };
    struct s { e x; e y<3>; };`,
  'enum extremes': `enum e { LOW = -2147483648, NONE = 0, HIGH = 2147483647, MINUS = -1 };
    union u switch (e k) { case LOW: int a; case HIGH: hyper b; default: void; };`,
  'enums that run on': `enum e { A, B, C = 10, D, E = -5, F }; enum one { ONLY }; struct s { e a; one b; };`,
  'enum names that objects inherit': `enum e { __proto__ = 0, constructor = 1, toString = 2 }; union u switch (e k) { case __proto__: int a; default: void; };`,
  'hyper discriminants': `union u switch (hyper k) { case -1: int a; case 9223372036854775807: int b; case 0: void; default: int c; };
    union w switch (unsigned hyper k) { case 18446744073709551615: int a; case 0: void; };`,
  'bool discriminants': `union a switch (bool b) { case TRUE: int x; case FALSE: int y; }; union c switch (bool b) { case TRUE: int x; default: void; };
    union d switch (bool b) { default: int x; }; union e switch (bool b) { case FALSE: void; };`,
  'unsigned discriminants': `union u switch (unsigned int k) { case 4294967295: int a; case 2147483648: int b; default: void; };`,
  'small discriminants': `union u switch (char k) { case -128: int a; case 127: int b; default: void; };
    union w switch (unsigned short k) { case 65535: int a; default: short b; };`,
  'unions in unions with void defaults': `union u switch (int a) { case 1: union switch (int b) { case 1: union switch (int c) { case 1: int d; default: void; } e; default: void; } f; default: void; };`,
  'a default alone': `union u switch (int k) { default: void; }; union w switch (int k) { default: string s<4>; };`,
  'fall-through': `union u switch (int k) { case 1: case 2: case 3: int a; case 4: case 5: void; default: u *next; };`,
  quadruple: `struct s { quadruple q; quadruple r[2]; quadruple t<2>; quadruple *u; };`,
  floats: `struct s { float a; double b; float c<3>; double d[2]; }; union u switch (int k) { case 0: float a; default: double b; };`,
  'small integers': `struct s { char a; unsigned char b; short c; unsigned short d; char e<4>; short f[2]; uint8_t g; int16_t h; };`,
  'anonymous within anonymous': `struct s { struct { struct { enum { X = 3 } e; union switch (int k) { case 0: int i; default: void; } u; } a<2>; } b; };`,
  'many anonymous ones alike': `struct s { struct { int a; } x; struct { int a; } y; struct { string a<2>; } z; };`,
  'typedefs of typedefs': `typedef int a; typedef a b; typedef b c<3>; typedef c d; typedef d e[2]; struct s { e f; };`,
  'one struct twice in the same struct': `struct p { hyper a; float b; }; struct s { p x; p y; p z[3]; p w<2>; };`,
  'empty structs': `struct none {}; struct s { none a; int x; none b; }; struct t { none c<3>; none *d; s e<2>; none f[4]; };`,
  'structs of empty structs': `struct a {}; struct b { a x; a y; }; struct c { b x; b y; }; struct d { c x; int n; c y; }; typedef d e<2>; typedef b f<3>;`,
  'deep by value': `struct a { int x; }; struct b { a x; }; struct c { b x; }; struct d { c x; }; struct e { d x; }; struct f { e x; }; typedef f many<4>; typedef f *maybe; union u switch (int k) { case 0: f x; default: void; };`,
  'strings in everything': `struct s { string a<>; string b<3>; string c<2>; }; typedef string name<5>; struct t { name a<2>; name *b; name c[2]; };`,
  'forward references': `struct a { b x; c y<2>; }; union b switch (d k) { case ONE: c z; default: void; }; typedef opaque c[3]; enum d { ONE = 1, TWO = 2 };`,
};
