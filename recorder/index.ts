export {
  CAPTURE_FORMATS,
  type CaptureFormat,
  type CaptureOptions,
  type CaptureProgress,
  type JsonFields,
  TIME_UNITS,
  type TimeUnit,
} from './import/capture-options.ts';
export { type CaptureResult, type CaptureSource, importCapture } from './import/import-capture.ts';
export { MALFORMED_LISTED_MAX } from './import/import-tape.ts';
