import { positionOf } from '../../model/frame.ts';
import { restOfFunction } from '../source/source-text.ts';
import { fileOf } from './awaits.ts';
import { type Conversation, textField } from './conversation.ts';

/** A frame of a thread's stack, and what its function does after the call it is in. */
export interface FrameAhead {
  readonly frame: string;
  readonly code: string;
}

const framesAsked = 6;

/** What the program's own frames (`file:1:2 (name)`) have still to do, innermost first. Ends with `Debugger.disable`. */
export function* codeAhead(frames: readonly string[]): Conversation<readonly FrameAhead[]> {
  const scripts = new Map<string, string>();
  yield {
    method: 'Debugger.enable',
    hear: (event, params) => {
      if (event === 'Debugger.scriptParsed')
        scripts.set(fileOf(textField(params, 'url')), textField(params, 'scriptId'));
    },
  };
  const ahead: FrameAhead[] = [];
  for (const frame of frames.slice(0, framesAsked)) {
    const { file, ...place } = positionOf(frame);
    const scriptId = scripts.get(file);
    if (scriptId === undefined || file.includes('/node_modules/')) continue;
    const response = yield { method: 'Debugger.getScriptSource', params: { scriptId } };
    ahead.push({ frame, code: restOfFunction(textField(response, 'scriptSource'), place) });
  }
  yield { method: 'Debugger.disable' };
  return ahead;
}
