import { FOLDERS, type Project, type TextFile, type Violation } from './project.ts';

/** First parts of absolute paths that belong to one machine. */
const MACHINE_FOLDERS = ['home', 'root', 'tmp', 'Users', 'work', 'workspace', 'mnt'];
/** A slash, one of them, a slash; not the middle of a relative path, an address or a template. */
const MACHINE_PATH = new RegExp(`(?<![\\w.~$}\\]*)-])/(?:${MACHINE_FOLDERS.join('|')})/`);
const DRIVE_PATH = /(?<![\w])[A-Za-z]:\\\\?(?:Users|home)\\/;
const REGISTRY_HOST = /https?:\/\/(?:[\w.-]*\bregistry\b[\w.-]*|npm\.[\w.-]+|[\w.-]+\/(?:artifactory|nexus|repository)\/)/;

/** Nothing in the tree names the machine it was written on, or the host its packages came from. */
export function checkTraces(project: Project): readonly Violation[] {
  return project.texts.flatMap((file) => [...lineTraces(file), ...lockfileTraces(file)]);
}

/** A path in backticks, such as `domain/time.ts`. */
const DOCUMENT_PATH = new RegExp(
  `\`((?:${[...FOLDERS, 'test', 'bin', 'docs', '.ci', 'notebooks'].join('|')})/[\\w./-]+\\.(?:ts|js|mjs|md|ipynb))\``,
  'g',
);

/** Documents name only files that are there. The changelog tells of the past and may name what is gone. */
export function checkDocumentPaths(project: Project): readonly Violation[] {
  const paths = new Set(project.texts.map(({ path }) => path));
  const documents = project.texts.filter(({ path }) => path.endsWith('.md') && path !== 'CHANGELOG.md');
  return documents.flatMap((file) =>
    file.text
      .split('\n')
      .flatMap((line, index) =>
        [...line.matchAll(DOCUMENT_PATH)].flatMap(([, path]) =>
          paths.has(path!) ? [] : [`${file.path}:${index + 1}: names ${path}, which is not there`],
        ),
      ),
  );
}

function lineTraces(file: TextFile): readonly Violation[] {
  return file.text.split('\n').flatMap((line, index) => {
    const where = `${file.path}:${index + 1}`;
    if (MACHINE_PATH.test(line) || DRIVE_PATH.test(line)) return [`${where}: an absolute path of one machine`];
    return REGISTRY_HOST.test(line) ? [`${where}: the host of a package registry`] : [];
  });
}

function lockfileTraces(file: TextFile): readonly Violation[] {
  if (!file.path.endsWith('package-lock.json') || !file.text.includes('"resolved"')) return [];
  return [`${file.path}: "resolved" entries name a host; regenerate it with omit-lockfile-registry-resolved=true`];
}
