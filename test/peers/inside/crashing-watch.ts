/** The inspector on this terminal, with a mistake planted in it: it crashes at the first key. */
import { FdOutput } from '../../../cli/output.ts';
import { runOnTerminal } from '../../../cli/watch-terminal.ts';
import { THEMES } from '../../../tui/screen/style.ts';
import { captureFile, fakeHost, open } from '../../tui/opened.ts';

const { app } = await open(captureFile('nfs3-libnfs.pcap'));
const unused = fakeHost();
Object.assign(app, {
  key() {
    throw new TypeError('a planted mistake');
  },
});
await runOnTerminal(
  {
    theme: () => THEMES.dark,
    ascii: false,
    mouse: true,
    keysElsewhere: false,
    act: unused,
    makeApp: () => app,
  },
  {
    stdin: process.stdin,
    stdout: new FdOutput(1),
    stderr: new FdOutput(2),
    env: process.env,
    interrupt: new AbortController().signal,
  },
);
