/** A program of a stack as it shall run. */
export interface StackProcess {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  /** Of program and arguments: with others it is to be started again. */
  readonly flags: string;
  readonly folder: string;
  readonly listen: string;
  readonly port: number;
  readonly url: string;
  readonly readyPath: string;
  /** It reads these again on SIGHUP, and tells of it by metrics that begin so. */
  readonly reload?: { readonly metrics: string; readonly files: readonly string[] };
  /** The only folder that it writes to. */
  readonly writes?: string;
}
