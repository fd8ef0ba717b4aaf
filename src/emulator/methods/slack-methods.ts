/** Slack's methods by family, as https://docs.slack.dev/reference/methods lists them: what the emulator lacks is not taken for a typing mistake. */
const families = {
  'admin.analytics': 'getFile messages.activity messages.metadata',
  'admin.apps': `activities.list approve approved.list clearResolution config.lookup config.set mcp.servers.list
    mcp.servers.permissions.list mcp.servers.permissions.set permissions.add permissions.list
    permissions.remove permissions.set requests.cancel requests.list restrict restricted.list uninstall`,
  'admin.audit': 'anomaly.allow.getItem anomaly.allow.updateItem',
  'admin.auth': 'policy.assignEntities policy.getEntities policy.removeEntities',
  'admin.barriers': 'create delete list update',
  'admin.conversations': `archive bulkArchive bulkDelete bulkMove bulkSetExcludeFromSlackAi bulkSetProperties convertToPrivate
    convertToPublic create createForObjects delete disconnectShared ekm.listOriginalConnectedChannelInfo
    getConversationPrefs getCustomRetention getTeams invite linkObjects lookup removeCustomRetention
    rename restrictAccess.addGroup restrictAccess.listGroups restrictAccess.removeGroup search
    setConversationPrefs setCustomRetention setTeams unarchive unlinkObjects`,
  'admin.emoji': 'add addAlias list remove rename',
  'admin.functions': 'list permissions.lookup permissions.set',
  'admin.inviteRequests': 'approve approved.list denied.list deny list',
  'admin.roles': 'addAssignments listAssignments removeAssignments',
  'admin.teams': `admins.list create list owners.list settings.info settings.setDefaultChannels
    settings.setDescription settings.setDiscoverability settings.setIcon settings.setName`,
  'admin.usergroups': 'addChannels addTeams listChannels removeChannels removeTeams',
  'admin.users': `assign getExpiration invite list remove session.clearSettings session.getSettings session.invalidate
    session.list session.reset session.resetBulk session.setSettings setAdmin setExpiration setOwner
    setRegular unsupportedVersions.export`,
  'admin.workflows': `collaborators.add collaborators.remove permissions.lookup search triggers.types.permissions.lookup
    triggers.types.permissions.set unpublish`,
  agents: 'sessions.rename sessions.setStatus',
  api: 'test',
  apps: `activities.list auth.external.delete auth.external.get connections.open datastore.bulkDelete
    datastore.bulkGet datastore.bulkPut datastore.count datastore.delete datastore.get datastore.put
    datastore.query datastore.update event.authorizations.list icon.set managed.permissions.set
    manifest.create manifest.delete manifest.export manifest.update manifest.validate uninstall
    user.connection.update`,
  assistant: 'search.context search.info threads.setStatus threads.setSuggestedPrompts threads.setTitle',
  auth: 'revoke teams.list test',
  blocks: 'validate',
  bookmarks: 'add edit list remove',
  bots: 'info',
  calls: 'add end info participants.add participants.remove update',
  canvases: 'access.delete access.set create delete edit sections.lookup',
  chat: `appendStream delete deleteScheduledMessage getPermalink meMessage postEphemeral postMessage
    scheduleMessage scheduledMessages.list startStream stopStream unfurl update`,
  conversations: `acceptSharedInvite approveSharedInvite archive canvases.create close create declineSharedInvite
    externalInvitePermissions.set history info invite inviteShared join kick leave list
    listConnectInvites mark members open rename replies requestSharedInvite.approve
    requestSharedInvite.deny requestSharedInvite.list setPurpose setTopic unarchive`,
  dialog: 'open',
  dnd: 'endDnd endSnooze info setSnooze teamInfo',
  emoji: 'list',
  entity: 'acknowledgeCommentAction presentComments presentDetails',
  files: `comments.delete completeUploadExternal delete getUploadURLExternal info list remote.add remote.info
    remote.list remote.remove remote.share remote.update revokePublicURL sharedPublicURL upload`,
  functions: `completeError completeSuccess distributions.permissions.add distributions.permissions.list
    distributions.permissions.remove distributions.permissions.set workflows.steps.list
    workflows.steps.responses.export`,
  migration: 'exchange',
  oauth: 'access v2.access v2.exchange v2.user.access',
  openid: 'connect.token connect.userInfo',
  pins: 'add list remove',
  reactions: 'add get list remove',
  reminders: 'add complete delete info list',
  rtm: 'connect start',
  search: 'all files messages',
  slackLists: `access.delete access.set create download.get download.start items.create items.delete
    items.deleteMultiple items.info items.list items.update update`,
  stars: 'add list remove',
  team: `accessLogs billableInfo billing.info externalTeams.disconnect externalTeams.list info
    integrationLogs preferences.list profile.get`,
  tooling: 'tokens.rotate',
  usergroups: 'create disable enable list update users.list users.update',
  users: `conversations deletePhoto discoverableContacts.lookup getPresence identity info list lookupByEmail
    profile.get profile.set setActive setPhoto setPresence`,
  views: 'open publish push update',
  workflows: `featured.add featured.list featured.remove featured.set triggers.permissions.add
    triggers.permissions.list triggers.permissions.remove triggers.permissions.set`,
};

const names: ReadonlySet<string> = new Set(
  Object.entries(families).flatMap(([family, members]) =>
    members.split(/\s+/).map((member) => `${family}.${member}`),
  ),
);

export const slackMethods: readonly string[] = [...names];

export function isSlackMethod(name: string): boolean {
  return names.has(name);
}
