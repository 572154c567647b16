import { z } from 'zod';

const reason = z.string().min(20, 'say why in a sentence');

/** scripts/supply-chain.json: what is allowed, and why each exception is. */
export const SupplyChainPolicy = z.strictObject({
  licences: z.strictObject({
    /** SPDX ids that anybody may ship under any terms of their own. */
    allowed: z.array(z.string()).min(1),
    exceptions: z.array(z.strictObject({ package: z.string(), licence: z.string(), reason })),
  }),
  /** Packages that have install scripts, none of which runs here, and why each works without. */
  installScripts: z.record(z.string(), reason),
  /** Advisories of `npm audit` that do not concern this project, each for a time. */
  advisories: z.array(
    z.strictObject({
      id: z.string().regex(/^GHSA(-[23456789cfghjmpqrvwx]{4}){3}$/, 'the id of an advisory, GHSA-xxxx-xxxx-xxxx'),
      package: z.string(),
      reason,
      expires: z.iso.date(),
    }),
  ),
});
export type SupplyChainPolicy = z.infer<typeof SupplyChainPolicy>;
