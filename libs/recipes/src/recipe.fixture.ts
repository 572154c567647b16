import type { RecipeFile } from './recipe-files.js';

export const fileOf = (path: string, text: string, executable = false): RecipeFile => ({ path, data: Buffer.from(text), executable });

export const manifestText = `apiVersion: klevr/v1
name: web
version: 1.2.0
description: A web server
driver: docker
parameters:
  type: object
  required: [port]
  properties:
    port: { type: integer, minimum: 1, maximum: 65535, description: where it listens }
    motd: { type: string, default: hello, description: what it says }
    tags: { type: array, items: { type: string }, default: [], description: labels }
    password: { type: string, format: credential, description: of the administrator }
outputs:
  url: { description: where it is, value: 'http://{{ observed.address }}:{{ parameters.port }}/' }
health:
  - { type: tcp, name: answers, port: '{{ parameters.port }}' }
examples:
  - { port: 8080, password: WEB_PASSWORD }
spec:
  port: '{{ parameters.port }}'
  title: 'Welcome to {{ resource.name }}: {{ parameters.motd }}'
  tags: '{{ parameters.tags }}'
  environment:
    PASSWORD: { fromCredential: '{{ parameters.password }}' }
    URL: 'https://admin:{{ parameters.password | secret }}@localhost'
`;

export const webRecipe = (manifest = manifestText): RecipeFile[] => [
  fileOf('recipe.yaml', manifest),
  fileOf('README.md', '# Web\n'),
  fileOf('motd.liquid', 'says: {{ parameters.motd | json }}\n'),
];

export const resource = { id: 'res_01JZ0000000000000000000000', name: 'shop', zone: 'office' };
