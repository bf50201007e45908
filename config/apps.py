from django.contrib.admin.apps import AdminConfig


class StaffAdminConfig(AdminConfig):
    default_site = "social_auth.sign_in.staff.site.StaffSite"

    def ready(self) -> None:
        super().ready()
        # Late: models cannot be imported before every app is known. `tasks` listens for what is to be done at once, and
        # whoever sends a task needs our Celery app, which beat does not import.
        from config import celery, metrics, tasks  # noqa: F401

        metrics.register()
