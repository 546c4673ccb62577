export { Engine, type EngineOptions } from './engine.ts';
export { engineState } from './engine-state.ts';
export type { AccountView, ClosedTrade } from './ledger.ts';
export type { ModelDescription } from './models/model.ts';
export { createModels, describeModels, type ModelSettings, type Models } from './models/models.ts';
export { type RiskSettings, validateRiskSettings } from './risk/risk.ts';
