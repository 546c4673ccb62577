/** The members of REST rows in the order of the portal's pages, as an answer of the venue has them. */

/** One call or put of `FHPIF05030100`. */
export const OPTION_BOARD_KEYS = keys(
  'acpr unch_prpr optn_shrn_iscd optn_prpr optn_prdy_vrss prdy_vrss_sign optn_prdy_ctrt optn_bidp optn_askp tmvl_val nmix_sdpr acml_vol ' +
    'seln_rsqn shnu_rsqn acml_tr_pbmn hts_otst_stpl_qty otst_stpl_qty_icdc delta_val gama vega theta rho hts_ints_vltl invl_val esdg dprt ' +
    'hist_vltl hts_thpr optn_oprc optn_hgpr optn_lwpr optn_mxpr optn_llam atm_cls_name rgbf_vrss_icdc total_askp_rsqn total_bidp_rsqn ' +
    'futs_antc_cnpr futs_antc_cntg_vrss antc_cntg_vrss_sign antc_cntg_prdy_ctrt',
);

/** One future of `FHPIF05030200`. */
export const FUTURES_BOARD_KEYS = keys(
  'futs_shrn_iscd hts_kor_isnm futs_prpr futs_prdy_vrss prdy_vrss_sign futs_prdy_ctrt hts_thpr acml_vol futs_askp futs_bidp hts_otst_stpl_qty ' +
    'futs_hgpr futs_lwpr hts_rmnn_dynu total_askp_rsqn total_bidp_rsqn futs_antc_cnpr futs_antc_cntg_vrss antc_cntg_vrss_sign antc_cntg_prdy_ctrt',
);

/** `output1` of `FHMIF10000000`, for futures and options. */
export const DERIVATIVE_PRICE_KEYS = keys(
  'hts_kor_isnm futs_prpr futs_prdy_vrss prdy_vrss_sign futs_prdy_clpr futs_prdy_ctrt acml_vol acml_tr_pbmn hts_otst_stpl_qty otst_stpl_qty_icdc ' +
    'futs_oprc futs_hgpr futs_lwpr futs_mxpr futs_llam basis futs_sdpr hts_thpr dprt crbr_aply_mxpr crbr_aply_llam futs_last_tr_date ' +
    'hts_rmnn_dynu futs_lstn_medm_hgpr futs_lstn_medm_lwpr delta_val gama theta vega rho hist_vltl hts_ints_vltl mrkt_basis acpr',
);

/** `output1` of `FHKIF03020200`. */
export const DERIVATIVE_BARS_KEYS = keys(
  'futs_prdy_vrss prdy_vrss_sign futs_prdy_ctrt futs_prdy_clpr prdy_nmix acml_vol acml_tr_pbmn hts_kor_isnm futs_prpr futs_shrn_iscd prdy_vol ' +
    'futs_mxpr futs_llam futs_oprc futs_hgpr futs_lwpr futs_prdy_oprc futs_prdy_hgpr futs_prdy_lwpr futs_askp futs_bidp basis kospi200_nmix ' +
    'kospi200_prdy_vrss kospi200_prdy_ctrt kospi200_prdy_vrss_sign hts_otst_stpl_qty otst_stpl_qty_icdc tday_rltv hts_thpr dprt',
);

/** `output1` of the minute bars of stocks. */
export const STOCK_BARS_KEYS = keys('prdy_vrss prdy_vrss_sign prdy_ctrt stck_prdy_clpr acml_vol acml_tr_pbmn hts_kor_isnm stck_prpr');

function keys(text: string): readonly string[] {
  return text.split(' ');
}
