export { RecorderConfigBuilder, recorderConfig } from './config/builder.ts';
export { joinVariables, parseEnvFile, type Variables } from './config/env-file.ts';
export { checkRecorderConfig, parseRecorderConfig } from './config/parse-config.ts';
export type { RecorderConfig } from './config/recorder-config.ts';
export type { DoctorCheck } from './doctor/doctor-check.ts';
export { type ExamineOptions, examine } from './doctor/examine.ts';
export type { DiskStatus } from './guard/disk-guard.ts';
export type { Alert, AlertEvent, Condition } from './health/alert.ts';
export { HealthDesk, type HealthDeskOptions } from './health/health-desk.ts';
export { openRecorderLog, type RecorderLog } from './health/recorder-log.ts';
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
export { type CallHttp, callHttp } from './net/http.ts';
export { nodeCipher } from './net/node-cipher.ts';
export { REAL_EDGES } from './net/real-edges.ts';
export { type OpenSocket, openWebSocket } from './net/socket.ts';
export { type SystemClockOptions, systemClock } from './net/system-clock.ts';
export { describePlan, type PlanReport, reportPlan } from './plan/describe-plan.ts';
export { type HealthPlan, planHealth, secretsOfHealth } from './plan/plan-health.ts';
export { type PlanProblem, planError } from './plan/plan-problem.ts';
export { draftRecording, planRecording, type RecordingDraft } from './plan/plan-recording.ts';
export type { RecordingPlan } from './plan/recording-plan.ts';
export { nextRun, planHolidays } from './plan/schedule.ts';
export { FileGrantStore, type GrantStore } from './record/grant-store.ts';
export type { RecorderNews, TellRecorder } from './record/observer.ts';
export { Recording, type RecordingOptions, type RecordingResult, type RecordingStatus, type SessionJournal } from './record/recorder.ts';
export { type Rehearsal, type RehearsalCheck, rehearse } from './record/rehearsal.ts';
