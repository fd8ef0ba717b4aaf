export { showMs as duration } from '../time/show-ms.ts';
