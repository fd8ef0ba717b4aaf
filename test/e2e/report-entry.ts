import * as z from 'zod';

/** A program made after a public report, and what is true of it, as expected.json says. */
export const reportEntrySchema = z.object({
  app: z.string(),
  /** Those that count as right. */
  verdicts: z.array(z.string()),
  /** What the first finding must match: the cause in words. */
  mention: z.string().optional(),
  /** Lines of the program, of which it must name one. */
  place: z.array(z.string()).optional(),
  /** The fixed program, which must be healthy. */
  twin: z.string().optional(),
});
