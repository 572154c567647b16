import { AppError } from '@klevr/contracts/errors';
import { parseAllDocuments } from 'yaml';
import { SpecProblem, type DriverWork } from '../driver.js';
import { KubeObject, keyOf, ownerLabel, partOf } from './kube-object.js';
import type { AppliedSpec, KubectlSpec } from './kubernetes-spec.js';

/** The objects that a recipe wishes, each marked as the resource's. */
export const objectsOf = async (
  work: DriverWork,
  spec: KubectlSpec,
  kustomized: (folder: string) => Promise<string>,
): Promise<KubeObject[]> => {
  const texts: { path: string; text: string }[] = [];
  for (const path of spec.manifests) {
    const { text, known } = await work.files.render(path);
    if (!known) throw new AppError('UNAVAILABLE', `${path} has secrets in it, which come with operations only`);
    texts.push({ path, text });
  }
  if (spec.kustomize !== undefined) texts.push({ path: spec.kustomize, text: await kustomized(`${work.files.folder}/${spec.kustomize}`) });
  const inline = spec.objects.map((value, index): [string, unknown] => [`objects.${index}`, value]);
  const written = texts.flatMap(({ path, text }) => documentsOf(path, text));
  return checked([...written, ...inline], spec, work.resource.id);
};

/** Of a text with many documents, lists among them. */
export const documentsOf = (path: string, text: string): [string, unknown][] =>
  parseAllDocuments(text).flatMap((document, index): [string, unknown][] => {
    const [error] = document.errors;
    if (error !== undefined) throw new SpecProblem([{ path, message: error.message }]);
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    if (value === null || value === undefined) return [];
    const list = value as { kind?: unknown; items?: unknown };
    const items = list.kind === 'List' && Array.isArray(list.items) ? (list.items as unknown[]) : [value];
    return items.map((item, at) => [`${path}[${index}${items.length > 1 ? `.${at}` : ''}]`, item]);
  });

export const checked = (
  values: readonly [string, unknown][],
  { namespace, createNamespace }: AppliedSpec,
  resourceId: string,
): KubeObject[] => {
  const faults: { path: string; message: string }[] = [];
  const objects = values.flatMap(([path, value]) => {
    const { data, error } = KubeObject.safeParse(value);
    if (data === undefined)
      faults.push(...error.issues.map((issue) => ({ path: [path, ...issue.path.map(String)].join('.'), message: issue.message })));
    return data === undefined ? [] : [data];
  });
  const wanted =
    createNamespace && namespace !== 'default'
      ? [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, ...objects]
      : objects;
  const keys = wanted.map((object) => keyOf(object, namespace));
  for (const [index, key] of keys.entries()) if (keys.indexOf(key) < index) faults.push({ path: key.trim(), message: 'is wished twice' });
  const parts = wanted.map((object) => partOf(object, namespace));
  for (const [index, part] of parts.entries())
    if (parts.indexOf(part) < index && keys.indexOf(keys[index] ?? '') === index)
      faults.push({
        path: part,
        message: 'there is another one of this kind and name in another group; they cannot be told apart in plans',
      });
  if (faults.length > 0) throw new SpecProblem(faults);
  return wanted.map((object) => ({
    ...object,
    metadata: { ...object.metadata, labels: { ...object.metadata.labels, [ownerLabel]: resourceId } },
  }));
};
