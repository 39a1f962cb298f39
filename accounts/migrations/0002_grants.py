"""What the application's role may do with accounts, sessions and second factors. The reader's role may see none of it."""

from django.db import migrations

WRITES = {
    "accounts_user": "SELECT, INSERT, UPDATE",
    "accounts_user_groups": "SELECT",
    "accounts_user_user_permissions": "SELECT",
    "accounts_appointment": "SELECT, INSERT, UPDATE (revoked_at)",
    "accounts_apitoken": "SELECT, INSERT, UPDATE (revoked_at)",
    "accounts_enrolment": "SELECT, INSERT, UPDATE (consumed_at)",
    "account_emailaddress": "SELECT",
    "account_emailconfirmation": "SELECT",
    "mfa_authenticator": "SELECT, INSERT, UPDATE, DELETE",
    "django_session": "SELECT, INSERT, UPDATE, DELETE",
    "django_admin_log": "SELECT, INSERT",
    "django_content_type": "SELECT",
    "auth_permission": "SELECT",
    "auth_group": "SELECT",
    "auth_group_permissions": "SELECT",
    "django_migrations": "SELECT",
}


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("sessions", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(
            sql=[f"GRANT {rights} ON {table} TO hattama_app" for table, rights in WRITES.items()],
            reverse_sql=[f"REVOKE ALL ON {table} FROM hattama_app" for table in WRITES],
        )
    ]
