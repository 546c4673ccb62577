export { BOOK_IMBALANCE } from './book-imbalance.ts';
export { STRATEGIES } from './registry.ts';
export { SMA_CROSS } from './sma-cross.ts';
export { STARTER_FILE_NAME, STARTER_FILE_TEXT } from './starter-file.ts';
