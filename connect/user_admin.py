"""Creators and staff in the admin. Who has records is not deleted: that page says why, and what can be done."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from connect.models import User
from connect.moderation.kinds import kinds


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("email", "username", "is_active", "is_staff", "date_joined")
    search_fields = ("^email", "^username")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("email", "username", "password", "first_name", "last_name")}),
        ("What they may do", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")
    show_full_result_count = False

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The roles, a box each: there are few."""
        if db_field.name == "groups":
            kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_actions(self, request: HttpRequest) -> Any:
        """Deleting is done one by one, where its page can say what goes with it."""
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        user = self.get_object(request, object_id)
        records = _records(user) if user and self.has_delete_permission(request, user) else []
        if user is None or not records:
            return super().delete_view(request, object_id, extra_context)
        back = reverse("admin:connect_user_change", args=[user.pk])
        if request.method == "POST" and "close" in request.POST and self.has_change_permission(request, user):
            User.objects.filter(pk=user.pk).update(is_active=False)
            self.log_change(request, user, "Closed the account")
            self.message_user(request, f"{user} is closed: nobody can sign in with it.", messages.SUCCESS)
            return redirect(back)
        context = {"title": f"Delete {user}", "opts": self.opts, "object": user, "records": records, "back": back}
        context |= {**self.admin_site.each_context(request), "erasing": reverse("delete-account")}
        return TemplateResponse(request, "connect/user_kept.html", context)


def _records(user: User) -> list[tuple[str, int, str]]:
    """What that person has: the kind, how many, and where they are listed."""
    counted = []
    for noun, model in kinds().items():
        meta = model._meta
        address = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
        if count := model._default_manager.filter(user_id=user.pk).count():
            counted.append((noun, count, f"{address}?user__id__exact={user.pk}"))
    return counted
