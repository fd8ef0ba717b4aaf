/** Error codes that a token `xoxb-test-<code>` or a channel named like the code makes the Web API answer with. */
export const webApiErrors: ReadonlySet<string> = new Set(
  `not_authed invalid_auth account_inactive token_revoked token_expired missing_scope not_allowed_token_type
  no_permission access_denied accesslimited app_access_restricted team_access_not_granted org_login_required
  team_added_to_org two_factor_setup_required enterprise_is_restricted ekm_access_denied is_bot channel_not_found
  not_in_channel is_archived messages_tab_disabled cannot_reply_to_message team_not_found restricted_action
  restricted_action_read_only_channel restricted_action_thread_only_channel
  restricted_action_non_threadable_channel restricted_action_thread_locked no_text msg_too_long
  msg_blocks_too_long too_many_attachments attachment_payload_limit_exceeded too_many_contact_cards invalid_blocks
  invalid_blocks_format markdown_text_conflict invalid_metadata_format invalid_metadata_schema metadata_too_large
  metadata_must_be_sent_from_app missing_file_data as_user_not_supported send_on_behalf_not_allowed
  invalid_arguments invalid_arg_name invalid_array_arg invalid_charset invalid_form_data invalid_post_type
  missing_post_type invalid_json json_not_object request_timeout ratelimited rate_limited message_limit_exceeded
  service_unavailable internal_error fatal_error unknown_method method_deprecated deprecated_endpoint
  duplicate_channel_not_found duplicate_message_not_found`.split(/\s+/),
);

/** Status of each plain-text error of an incoming webhook: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
export const webhookErrors: ReadonlyMap<string, number> = new Map([
  ['invalid_payload', 400],
  ['no_text', 400],
  ['missing_text', 400],
  ['user_not_found', 400],
  ['too_many_attachments', 400],
  ['invalid_blocks', 400],
  ['action_prohibited', 403],
  ['invalid_token', 403],
  ['posting_to_general_channel_denied', 403],
  ['team_disabled', 403],
  ['channel_not_found', 404],
  ['no_service', 404],
  ['no_active_hooks', 404],
  ['no_service_id', 404],
  ['no_team', 404],
  ['channel_is_archived', 410],
  ['rollup_error', 500],
]);
