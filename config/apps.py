from django.contrib.admin.apps import AdminConfig


class StaffAdminConfig(AdminConfig):
    default_site = "social_auth.sign_in.staff.site.StaffSite"
