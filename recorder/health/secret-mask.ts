/** Shorter values are no secrets, and would tear holes into every other word. */
const SECRET_LENGTH_MIN = 4;
const MASK = '[masked]';

/** Takes the values of secrets out of texts, also where they stand escaped in JSON or in an address. */
export class SecretMask {
  readonly #forms: readonly string[];

  constructor(secrets: readonly string[]) {
    const forms = secrets
      .filter(({ length }) => length >= SECRET_LENGTH_MIN)
      .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]);
    // The longest first: a secret that holds another one goes as a whole.
    this.#forms = [...new Set(forms)].sort((a, b) => b.length - a.length);
  }

  masked(text: string): string {
    return this.#forms.reduce((rest, form) => (rest.includes(form) ? rest.replaceAll(form, MASK) : rest), text);
  }
}
