/**
 * Loaded into the command before it starts (`node --import`): keeps beside each script, at the end, what V8 compiled
 * of it. V8 takes that back only under the flags that it was made under: those that the command had set when it
 * loaded the script.
 */
const { writeFileSync } = process.getBuiltinModule('node:fs');
const v8 = process.getBuiltinModule('node:v8');
const { fileURLToPath } = process.getBuiltinModule('node:url');
const vm = process.getBuiltinModule('node:vm');

/** As V8 has the only flag that the command sets. */
const DEFAULT_FLAG = '--semi-space-growth-factor=2';

const { setFlagsFromString } = v8;
let flag = DEFAULT_FLAG;
v8.setFlagsFromString = (text) => {
  if (text.split('=')[0] !== DEFAULT_FLAG.split('=')[0]) throw new Error(`no default is known of ${text}`);
  flag = text;
  setFlagsFromString(text);
};

const scripts = [];
vm.Script = class extends vm.Script {
  constructor(code, options) {
    super(code, options);
    scripts.push({ script: this, path: fileURLToPath(options.filename), flag });
  }
};

process.on('exit', () => {
  for (const { script, path, flag } of scripts) {
    setFlagsFromString(flag);
    writeFileSync(`${path}.${process.version}-${process.arch}`, script.createCachedData());
  }
});
