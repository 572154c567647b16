/** The text of the spawner's program. Where the agent is made into one file, what is imported here stands in it as a whole. */
export const spawnerProgram = `import ${JSON.stringify(new URL('spawner-main.js', import.meta.url).href)};`;
