from django.contrib.admin.apps import AdminConfig


class StaffAdminConfig(AdminConfig):
    default_site = "social_auth.sign_in.staff.site.StaffSite"

    def ready(self) -> None:
        super().ready()
        # Late: models cannot be imported before every app is known.
        from config import metrics, tasks  # noqa: F401 - it listens for what is to be done at once

        metrics.register()
