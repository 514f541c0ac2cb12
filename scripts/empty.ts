/** A program that does nothing, made as the real one is: the floor of every start-up time. */
import { startupSnapshot } from 'node:v8';
import { forgetCode } from './forget-code.ts';

forgetCode();
startupSnapshot.setDeserializeMainFunction(() => undefined);
