import { findInterpreter, type Interpreter } from '../../dist/trial/python/interpreter.js';

/** The interpreter that the Python tests run with; null, and said aloud, where this machine has none. */
export async function pythonOrNull(): Promise<Interpreter | null> {
  try {
    return await findInterpreter(null);
  } catch (error) {
    process.stderr.write(
      `skipped: the Python tests: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    return null;
  }
}
