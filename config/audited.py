"""Every table on one screen: audited, or the reason why not. A check refuses a model in neither."""

from __future__ import annotations

from aviation.audit.tables import AuditedTable

AUDITED_TABLES: tuple[AuditedTable, ...] = (
    AuditedTable("tenants.Organization", "organization", organization_column="id"),
    AuditedTable("tenants.Domain", "domain", organization_column="org_id"),
    # A person may belong to several organizations: the events are the platform's.
    AuditedTable("accounts.User", "person", left_out=("password",)),
    AuditedTable("accounts.Membership", "membership", organization_column="org_id"),
    AuditedTable(
        "accounts.Invitation",
        "invitation",
        left_out=("secret_digest",),
        organization_column="org_id",
    ),
    AuditedTable("accounts.ApiKey", "api_key", left_out=("digest",), organization_column="org_id"),
    AuditedTable("accounts.TotpDevice", "second_step", left_out=("sealed_secret", "last_step")),
    AuditedTable("accounts.SigningKey", "signing_key", left_out=("sealed_private_key",)),
    AuditedTable("accounts.PlatformVisit", "platform_visit", organization_column="org_id"),
    AuditedTable("caching.CachePolicy", "cache_policy"),
    AuditedTable("fleet.Aircraft", "aircraft"),
    AuditedTable("flights.FlightSession", "flight"),
    AuditedTable("flights.FlightLog", "flight_log"),
    AuditedTable("mlresults.Analysis", "analysis", left_out=("passed", "not_assessed")),
    AuditedTable("mlresults.Finding", "finding"),
    AuditedTable("analytics.WearWeights", "wear_weights"),
    AuditedTable("analytics.SummarySubscription", "summary_by_mail"),
)

UNAUDITED_MODELS: dict[str, str] = {
    "audit.AuditEvent": "The audit trail itself, append-only.",
    "tenants.SchemaState": "How far each schema's migrations have come, written by migrate only.",
    "tenants.SchemaScript": "SQL kept from the migrations, written by migrate only.",
    "telemetry.TelemetryPoint": "Millions of rows; they come and go with their audited flight.",
    "telemetry.StreamedFlight": "Counters and the last position of an audited flight.",
    "telemetry.QuarantinedPoint": "What was sent and refused; letting it in is a named event.",
    "telemetry.IngestReceipt": "Answers given to batches, kept for a day.",
    "telemetry.ColdFile": "Archiving a month and bringing a flight back are named events.",
    "telemetry.KeptInTable": "Comes with a flight brought back, which is a named event.",
    "telemetry.FlightQuality": "Made from the telemetry of an audited flight.",
    "telemetry.FlightOverview": "Charts made from the log of an audited flight; bulky.",
    "analytics.DailyFlights": "Figures made from audited flights.",
    "analytics.DailyAnalyses": "Figures made from audited analyses.",
    "analytics.DailyAnomalies": "Figures made from audited findings.",
    "analytics.ViewRefresh": "When the figures were last made anew, written by the clock.",
    "accounts.UserSession": "Signing in, out and being signed out are named events.",
    "accounts.KnownDevice": "Comes with a sign-in, which is a named event.",
    "accounts.RecoveryCode": "Digests only; making and using them are named events.",
    "accounts.TokenFamily": "Beginning, ending and misuse of a family are named events.",
    "accounts.RefreshToken": "Digests only; they come and go every few minutes.",
    "accounts.ApiKeyUsage": "Counters of a key's requests.",
    "accounts.AttemptAllowance": "Counters of guesses; the refused ones are named events.",
    "axes.AccessAttempt": "The record of sign-ins itself.",
    "axes.AccessAttemptExpiration": "The record of sign-ins itself.",
    "axes.AccessFailureLog": "The record of sign-ins itself.",
    "axes.AccessLog": "The record of sign-ins itself.",
    "admin.LogEntry": "Django's own journal; the audit trail stands in its place.",
    "auth.Permission": "Django's list of permissions, written by migrations only.",
    "auth.Group": "Not in use: accounts/roles.py says what a role may do.",
    "auth.Group_permissions": "Not in use, as the groups.",
    "accounts.User_groups": "Not in use, as the groups.",
    "accounts.User_user_permissions": "Not in use, as the groups.",
    "contenttypes.ContentType": "Django's list of models, written by migrations only.",
}
