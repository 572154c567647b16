import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { checkParameters } from '@klevr/recipes/check-parameters';
import { readRecipeFolder } from '@klevr/recipes/read-recipe';
import { renderFile } from '@klevr/recipes/render';
import { parse } from 'yaml';

const resource = { id: 'res_01JBZ6V1GQ6W3F5J8C2N4R7T9X', name: 'box', zone: 'demo' };
const token = 'klevr_j_"; reboot #';

const userData = async (
  parameters: Record<string, unknown>,
): Promise<{ text: string; sensitive: boolean; told: Record<string, unknown> }> => {
  const recipe = await readRecipeFolder(fileURLToPath(new URL('../../../../recipes/libvirt-cloud-vm', import.meta.url)));
  if ('faults' in recipe) throw new Error(JSON.stringify(recipe.faults));
  const checked = checkParameters(recipe.manifest, parameters);
  if ('faults' in checked) throw new Error(JSON.stringify(checked.faults));
  const source = recipe.files.find(({ path }) => path === 'user-data.liquid')?.data.toString();
  const files = { read: (path: string) => (path === 'user-data.liquid' ? source : undefined) };
  const rendered = renderFile({
    path: 'user-data.liquid',
    files,
    resource,
    parameters: checked.parameters,
    secrets: new Map([['JOIN', token]]),
  });
  if ('faults' in rendered) throw new Error(JSON.stringify(rendered.faults));
  return { text: rendered.value.text, sensitive: rendered.value.sensitive, told: parse(rendered.value.text) as Record<string, unknown> };
};

describe('what libvirt-cloud-vm tells cloud-init', () => {
  it('joins the zone with a token that stands in a file of root and in no command', async () => {
    const keys = ['ssh-ed25519 AAAA me: "here"'];
    const { text, sensitive, told } = await userData({
      image: '/i',
      gatewayUrl: 'https://klevr.example.com',
      joinToken: 'JOIN',
      sshKeys: keys,
    });
    expect(text.startsWith('#cloud-config\n')).toBe(true);
    expect(sensitive).toBe(true);
    expect(told).toMatchObject({ hostname: 'box', ssh_authorized_keys: keys, runcmd: [['/run/klevr-join/join']] });
    expect(told['write_files']).toEqual([
      { path: '/run/klevr-join/token', permissions: '0600', content: token },
      { path: '/run/klevr-join/url', content: 'https://klevr.example.com' },
      { path: '/run/klevr-join/join', permissions: '0700', content: expect.not.stringContaining('klevr.example') },
    ]);
    expect(text.split(JSON.stringify(token))).toHaveLength(2);
  });

  it('joins nothing where no gateway is named, and keeps what the data disk holds', async () => {
    const { sensitive, told } = await userData({ image: '/i' });
    expect(sensitive).toBe(false);
    expect(told).not.toHaveProperty('runcmd');
    expect(told['fs_setup']).toEqual([{ label: 'data', filesystem: 'ext4', device: '/dev/vdb', overwrite: false }]);
  });
});
