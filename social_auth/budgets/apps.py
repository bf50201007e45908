from django.apps import AppConfig


class BudgetsConfig(AppConfig):
    name = "social_auth.budgets"
    verbose_name = "Provider budgets"
